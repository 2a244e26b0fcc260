"""Evidence layer prototype: channels (vital x scale) -> statistic S -> virtual thresholds -> controller."""
import numpy as np, math, sys, time
from numba import njit, prange
WORLDS=['independent','ar-0.5','ar-0.8','ar-0.95','day-effect','heavy-tails','circadian','missing','level-shift']
NV=6
#            HR    RR    SpO2  temp  skin  steps(sqrt/h)
MEAN=np.array([72.,15.5,96.8,36.7,33.8,10.]); BETW=np.array([7.7,1.2,.5,.15,.5,2.]); WITH=np.array([5.,1.2,.7,.18,.4,3.])
SIGN=np.array([1.,1.,-1.,1.,1.,-1.]); RES=np.array([.1,.1,1.,.01,.01,.1])
AMPL=np.array([3.,.3,0.,.25,-.8,3.])   # mild natural rhythm everywhere
@njit(cache=True)
def gen(world,H,nsub,seed,rhythm):
    np.random.seed(seed)
    X=np.full((H,NV),np.nan)
    rho=0.; 
    if world==1: rho=.5
    if world==2: rho=.8
    if world==3: rho=.95
    rs=rho**(1./nsub); inn=math.sqrt(1-rs*rs)
    miss=np.zeros(H,np.bool_)
    if world==7:
        h=0
        while h<H:
            sh=.45 if (h%24)<7 else .238
            m=np.random.random()<sh
            for j in range(h,min(h+3,H)): miss[j]=m
            h+=3
    buf=np.empty(nsub)
    for v in range(NV):
        person=min(max(np.random.normal(),-2.5),2.5)
        prev=np.random.normal(); day=0.
        for h in range(H):
            if h%24==0: day=np.random.normal()*.5
            for s in range(nsub):
                f=np.random.normal() if world!=5 else np.random.standard_t(3.)/math.sqrt(3.)
                prev=rs*prev+inn*f if rho>0 else f
                n=prev
                if world==4: n+=day
                if world==8 and h>=H//2: n+=1.
                c=math.cos(2*math.pi*((h+s/nsub)%24-16)/24)
                x=MEAN[v]+BETW[v]*person+WITH[v]*n+rhythm*AMPL[v]*c
                if world==6 and v==0: x+=15*c
                if v==2: x=min(x,100.)
                buf[s]=round(x/RES[v])*RES[v]
            if not miss[h]: X[h,v]=np.median(buf)
    return X
# ---- channel state indices
# 0..2 beta, 3..8 P (00 01 02 11 12 22), 9 C, 10 V, 11 s2, 12 xprev, 13 tprev, 14 W, 15 ns
NS=16
@njit(cache=True)
def ch_init(st,m0,b2,a2,s2,rho0,w):
    st[:]=0; st[0]=m0; st[3]=b2/s2; st[6]=a2/s2; st[8]=a2/s2
    st[9]=rho0*w; st[10]=w; st[11]=s2; st[13]=-1e9
@njit(cache=True)
def ch_step(st,x,t,ph,harm,lam,lamr,b2,a2,w0):
    """x value at epoch index t. returns innovation z; updates."""
    rho=min(max(st[9]/st[10],0.),.98)
    gap=t-st[13]
    rg=rho**gap if gap<=12 else 0.
    c=math.cos(ph)*harm; s=math.sin(ph)*harm
    if rg>1e-3:
        pp=ph-2*math.pi*gap/24
        cp=math.cos(pp)*harm; sp=math.sin(pp)*harm; xp=st[12]
    else: rg=0.;cp=0.;sp=0.;xp=0.
    d0=1-rg; d1=c-rg*cp; d2=s-rg*sp
    # forgetting: P grows, never beyond prior
    dt=min(gap,336.) if gap<1e8 else 1.
    f=lam**(-dt)
    p00=st[3]*f;p01=st[4]*f;p02=st[5]*f;p11=st[6]*f;p12=st[7]*f;p22=st[8]*f
    m0=b2/st[11]; ma=a2/st[11]
    if p00>m0: k=math.sqrt(m0/p00); p00=m0; p01*=k; p02*=k
    if harm>0:
        if p11>ma: k=math.sqrt(ma/p11); p11=ma;p01*=k;p12*=k
        if p22>ma: k=math.sqrt(ma/p22); p22=ma;p02*=k;p12*=k
    e=(x-rg*xp)-(d0*st[0]+d1*st[1]+d2*st[2])
    q0=p00*d0+p01*d1+p02*d2; q1=p01*d0+p11*d1+p12*d2; q2=p02*d0+p12*d1+p22*d2
    R=1-rg*rg
    F=R+d0*q0+d1*q1+d2*q2
    z=e/math.sqrt(F*st[11])
    zc=min(max(z,-3.),3.)
    ec=zc*math.sqrt(F*st[11])
    st[0]+=q0/F*ec
    if harm>0: st[1]+=q1/F*ec; st[2]+=q2/F*ec
    st[3]=p00-q0*q0/F; st[4]=p01-q0*q1/F; st[5]=p02-q0*q2/F; st[6]=p11-q1*q1/F; st[7]=p12-q1*q2/F; st[8]=p22-q2*q2/F
    # lag-1 statistics on residuals from the updated level
    if gap<=1.5:
        sd=math.sqrt(st[11])
        r1=(x-st[0]-c*st[1]-s*st[2])/sd; r0=(xp-st[0]-cp*st[1]-sp*st[2])/sd if rg>0 else (st[12]-st[0])/sd
        if rg==0.:
            pp=ph-2*math.pi*gap/24
            r0=(st[12]-st[0]-math.cos(pp)*harm*st[1]-math.sin(pp)*harm*st[2])/sd
        r1=min(max(r1,-4.),4.); r0=min(max(r0,-4.),4.)
        st[9]=st[9]*lamr+r1*r0; st[10]=st[10]*lamr+.5*(r1*r1+r0*r0)
    st[15]+=1
    n=min(st[15]+w0,1/(1-lamr))
    st[11]+=(min(z*z,9.)-1.)*st[11]/n*1.03  # 1.03: what the clip at 3 takes from a normal
    st[12]=x; st[13]=t
    return zc if z*z<9 else zc
@njit(cache=True)
def ramp_lr(hx,ht,t,m,P,rho,s2,sign):
    """ln of the mean over ramps of 1,2,3 days of the likelihood ratio of a rise of 0.5 SD a day, AR(1) noise."""
    tot=0.; sd=math.sqrt(s2)
    for L in range(1,4):
        num=0.;den=0.
        for j in range(4):
            if t-ht[j]>=L: continue
            tv=max(0.,L-(t-ht[j]))*.5; r_=0.;rp=0.;tp=0.
            if j>0 and ht[j-1]>-1e8:
                r_=rho**(ht[j]-ht[j-1]); rp=hx[j-1]-m; tp=max(0.,L-(t-ht[j-1]))*.5
            q=1-r_*r_; a=tv-r_*tp
            inn=min(max(sign*(hx[j]-m-r_*rp)/math.sqrt(q)/sd,-3.),3.)*math.sqrt(q)
            num+=a*inn/q; den+=a*a/q
        tot+=math.exp(min((num-den/2)/(1+.5*P*den),25.))
    return math.log(tot/3)
K=24; CK=1.5+.75*np.arange(K)
K0=4
@njit(cache=True)
def thresh(N,T,w,pop,target,extra):
    """smallest c with posterior rate <= target, log-linear between levels."""
    lt=math.log(target); prev=0.
    for j in range(K-K0):
        k=K-1-j
        lk=math.log((N[k]+w*pop[k]+extra*T/(T+w))/(T+w))
        if lk>lt:
            if j==0: return CK[K-1]+.75*(lk-lt)/.5
            return CK[k]+.75*(lk-lt)/(lk-prev+1e-9)
        prev=lk
    return CK[K0]
@njit(cache=True)
def chain(X,P,pop,budgets,alerts,Sout,thout,cnt,dcol):
    """X hourly epochs [H,NV]; alerts[b,H] out. P parameters. dcol: columns that are day-only (unused)"""
    H=X.shape[0]; nb=len(budgets)
    st=np.zeros((NV,NS)); sd=np.zeros((NV,NS))
    lam=.5**(1/(24*14.)); lamd=.5**(1/28.)
    for v in range(NV):
        ch_init(st[v],MEAN[v],BETW[v]**2,AMPV[v]**2,WITH[v]**2,P[13],48.)
        ch_init(sd[v],MEAN[v],BETW[v]**2,0.,(P[11]*WITH[v])**2,P[12],10.)
    Wh=np.zeros(NV+1); Wd=np.zeros(NV+1); vh=1.;vd=1.; nd=0
    dh=P[0]; dd=P[1]; hyst=P[2]; gam=P[3]; eta=P[4]; w=P[5]; wcap=P[6]; u0=P[7]
    hx=np.zeros((NV,4)); hd=np.full((NV,4),-1e9)
    vr=np.full(NV+1,P[14]); vs=np.zeros(NV+1); vc=np.zeros(NV+1); vn=np.zeros(NV+1)
    dsum=np.zeros(NV); dn=np.zeros(NV)
    N=np.zeros(K); T=0.; arm=np.ones(K,np.bool_); lamT=.5**(1/(24*P[8]))
    u=np.full(nb,u0); open_=np.zeros(nb,np.bool_)
    for h in range(H):
        y=0.;n=0
        ph=2*math.pi*(h%24)/24
        for v in range(NV):
            x=X[h,v]
            if x!=x: continue
            z=SIGN[v]*ch_step(st[v],x,float(h),ph,1.,lam,lam,BETW[v]**2,AMPV[v]**2,48.)
            vs[v]+=z; vc[v]+=1
            if vc[v]>=12:
                vn[v]+=1; vr[v]+=(min(vs[v]*vs[v]/12,9*vr[v])-vr[v])/min(vn[v]+P[15],60.); vs[v]=0; vc[v]=0
            zz=z/math.sqrt(max(vr[v],1.))
            Wh[v]=min(max(Wh[v]+dh*zz-dh*dh/2,0.),wcap)
            y+=z;n+=1
            sdv=math.sqrt(st[v,11])
            dsum[v]+=x-math.cos(ph)*st[v,1]-math.sin(ph)*st[v,2]; dn[v]+=1
        if n>0:
            y/=math.sqrt(n); vh+=(min(y*y,9.)-vh)/500.; y/=math.sqrt(max(vh,1.))
            v=NV
            vs[v]+=y; vc[v]+=1
            if vc[v]>=12:
                vn[v]+=1; vr[v]+=(min(vs[v]*vs[v]/12,9*vr[v])-vr[v])/min(vn[v]+P[15],60.); vs[v]=0; vc[v]=0
            y/=math.sqrt(max(vr[v],1.))
            Wh[NV]=min(max(Wh[NV]+dh*y-dh*dh/2,0.),wcap)
        if h%24==23:
            y=0.;n=0
            for v in range(NV):
                if dn[v]>=6:
                    mlast=sd[v,0]; plast=sd[v,3]
                    z=SIGN[v]*ch_step(sd[v],dsum[v]/dn[v],float(h//24),0.,0.,lamd,lamd,BETW[v]**2,0.,10.)
                    for j in range(3): hx[v,j]=hx[v,j+1]; hd[v,j]=hd[v,j+1]
                    hx[v,3]=dsum[v]/dn[v]; hd[v,3]=h//24
                    if sd[v,15]>1:
                        rr=min(max(sd[v,9]/sd[v,10],0.),.9)
                        Wd[v]=min(max(ramp_lr(hx[v],hd[v],float(h//24),mlast,plast,rr,sd[v,11],SIGN[v]),0.),wcap); y+=z; n+=1
                dsum[v]=0;dn[v]=0
            if n>0:
                y/=math.sqrt(n); vd+=(min(y*y,9.)-vd)/30.; y/=math.sqrt(max(vd,1.))
                Wd[NV]=min(max(.6*Wd[NV]+dd*y-dd*dd/2,0.),wcap)
        S=0.
        for v in range(NV+1):
            if Wh[v]>S:S=Wh[v]
            if Wd[v]>0 and Wd[v]+3.178+P[16+v]>S: S=Wd[v]+3.178+P[16+v]
        Sout[h]=S
        # thresholds from the past, then act, then learn
        for b in range(nb):
            th=thresh(N,T,w,pop,eta/budgets[b],P[10])+u[b]
            if h==H-1: thout[b]=th
            if open_[b]:
                if S<th-hyst: open_[b]=False
            elif S>=th:
                open_[b]=True; alerts[b,h]=True; u[b]=min(u[b]+gam,8.)
            u[b]=max(u[b]-gam*eta/budgets[b],P[9])
        T=T*lamT+1
        for k in range(K):
            N[k]*=lamT
            if arm[k]:
                if S>=CK[k]: arm[k]=False; N[k]+=1; cnt[k]+=1
            elif S<CK[k]-hyst: arm[k]=True
AMPV=np.array([5.,1.,.3,.3,.8,3.])
@njit(cache=True)
def run(world,npat,days,nsub,seed,rhythm,P,pop,budgets):
    H=days*24; nb=len(budgets)
    tot=np.zeros(nb); first=np.zeros(nb); cnt=np.zeros(K); byw=np.zeros((nb,6)); th=np.zeros(nb); tm=np.zeros(nb); worst=np.zeros((nb,npat))
    S=np.zeros(H); 
    for p in range(npat):
        X=gen(world,H,nsub,seed*100003+p,rhythm)
        al=np.zeros((nb,H),np.bool_)
        chain(X,P,pop,budgets,al,S,th,cnt,0)
        tm+=th
        for b in range(nb):
            for h in range(H):
                if al[b,h]: tot[b]+=1; byw[b,min(5,h//(H//6))]+=1; worst[b,p]+=1
    return tot,byw,cnt/(npat*H),tm/npat,worst
def table(P,pop,npat=600,days=90,nsub=1,seed=1,rhythm=1.,budgets=(168.,720.,2160.),worlds=range(9),verbose=True):
    from scipy.stats import chi2
    B=np.array(budgets); out={}
    for w in worlds:
        t0=time.time(); tot,byw,curve,tm,worst=run(w,npat,days,nsub,seed,rhythm,P,pop,B)
        exp=npat*days*24/B; mean=tot/exp; up=chi2.ppf(.95,2*tot+2)/2/exp
        sdn=np.array([np.std(x) for x in worst])
        up2=(tot+1.645*np.sqrt(npat)*sdn)/exp
        out[w]=(mean,up2,byw,curve)
        if verbose:
            print(f"{WORLDS[w]:12}",' '.join(f"{m:5.2f} (up {u:4.2f})" for m,u in zip(mean,up2)),'| sixths@30d',' '.join('%.2f'%(x*6/exp[1]) for x in byw[1]),'| th',' '.join('%.1f'%x for x in tm),f"{time.time()-t0:.0f}s",flush=True)
    return out
def popcurve(P,worlds=(0,1,2),npat=300,days=90,nsub=1,seed=77):
    pop=np.ones(K)*np.exp(-CK); res=[]
    for w in worlds:
        res.append(run(w,npat,days,nsub,seed,1.,P,pop,np.array([720.]))[2])
    return np.array(res)
#  0dh 1dd 2hyst 3gam 4eta 5w 6wcap 7u0 8halflife 9ufloor 10extra 11daysd 12rhod 13rhoh 14vr0 15vrn0
PAR=np.array([1.5,1.,1.,1.5,.8,168.,16.,.5,60.,-.5,.3,1.,.4,.8,2.,6.])
PAR=np.append(PAR,[2.,.5,-1.,0.,-1.,0.,1.])  # 16..22 weight of day channels: HR RR SpO2 temp skin steps fused
POP=np.exp(-np.interp(CK,[0,4.5,6.,19.5],[4.8,5.,5.5,5.5+13.5*.75]))
