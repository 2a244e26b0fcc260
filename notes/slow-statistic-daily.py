"""Daily RHR through the same evidence layer: day channel + ramp LR + virtual thresholds + controller."""
from chain import *
from daily import gen as dgen
@njit(cache=True)
def dchain(X,Pm,pop,B):
    N,D=X.shape; R=np.zeros((N,D),np.bool_); lamd=.5**(1/28.); lamT=.5**(24/(24*Pm[8]))
    hyst=Pm[2];gam=Pm[3];eta=Pm[4];w=Pm[5]
    for p in range(N):
        st=np.zeros(NS); ch_init(st,65.5,60.,0.,6.25,.4,10.)
        hx=np.zeros(4); hd=np.full(4,-1e9); Nk=np.zeros(K); T=0.; arm=np.ones(K,np.bool_); u=Pm[7]; op=False; S=0.
        since=99
        for d in range(D):
            x=X[p,d]
            if x==x:
                m=st[0];P=st[3]
                ch_step(st,x,float(d),0.,0.,lamd,lamd,60.,0.,10.)
                for j in range(3): hx[j]=hx[j+1]; hd[j]=hd[j+1]
                hx[3]=x; hd[3]=d
                S=0.
                if st[15]>1:
                    rho=min(max(st[9]/st[10],0.),.9)
                    L=ramp_lr(hx,hd,float(d),m,P,rho,st[11],1.)
                    S=max(L+Pm[17],0.)
                th=thresh(Nk,T,w,pop,eta/B,Pm[10])+u
                if op:
                    if S<th-hyst: op=False
                if not op and S>=th and since>Pm[16]:
                    op=True; R[p,d]=True; u=min(u+gam,8.); since=-1
                for k in range(K):
                    if arm[k]:
                        if S>=CK[k]: arm[k]=False; Nk[k]+=1
                    elif S<CK[k]-hyst: arm[k]=True
            since+=1
            u=max(u-gam*eta*24/B,Pm[9])
            T=T*lamT+24; Nk*=lamT
    return R
def ev(R,Ri,on,w0):
    R2=R[:,w0:]; cs=np.cumsum(np.pad(R2,((0,0),(1,0))),1)
    return R2.mean()*30,((cs[:,8:]-cs[:,:-8])>0).mean(),np.take_along_axis(Ri,on[:,None]+np.arange(-7,1)[None],1).any(1).mean()
if __name__=='__main__':
    POPD=np.exp(-np.interp(CK,[0,2.,4.5,6.,19.5],[3.9,4.2,5.9,7.2,7.2+13.5*.8]))
    for rho,miss in ((.3,.3),(.3,0.)):
        Xh,_=dgen(4000,120,False,rho,miss,5); Xi,on=dgen(4000,120,True,rho,miss,6)
        for off in (3.178,):
          for gam in (.3,.6,1.):
            for eta in (.9,1.,1.1):
                P=np.append(PAR,[2.,off]); P[3]=gam; P[4]=eta; P[2]=1.; P[5]=720.; P[9]=-1.; P[7]=0.
                Rh=dchain(Xh,P,POPD,720.); Ri=dchain(Xi,P,POPD,720.)
                print(rho,miss,'gam',gam,'eta',eta,'after day 30: rate %.2f chance %.3f sens %.3f'%ev(Rh,Ri,on,30),'| all days %.2f; first 30 days %.2f'%(Rh.mean()*30,Rh[:,:30].mean()*30),flush=True)
